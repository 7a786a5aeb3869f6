#ifndef REGRAFT_CARCHIVE_H
#define REGRAFT_CARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

// archive_entry.h defines the file types as casts to a macro, which Swift does not import.
enum regraft_archive_type {
    REGRAFT_ARCHIVE_REGULAR = 0100000,
    REGRAFT_ARCHIVE_FOLDER = 0040000,
    REGRAFT_ARCHIVE_SYMBOLIC_LINK = 0120000,
    REGRAFT_ARCHIVE_SOCKET = 0140000,
    REGRAFT_ARCHIVE_CHARACTER_DEVICE = 0020000,
    REGRAFT_ARCHIVE_BLOCK_DEVICE = 0060000,
    REGRAFT_ARCHIVE_FIFO = 0010000,
};
_Static_assert(AE_IFREG == REGRAFT_ARCHIVE_REGULAR && AE_IFDIR == REGRAFT_ARCHIVE_FOLDER
    && AE_IFLNK == REGRAFT_ARCHIVE_SYMBOLIC_LINK && AE_IFSOCK == REGRAFT_ARCHIVE_SOCKET
    && AE_IFCHR == REGRAFT_ARCHIVE_CHARACTER_DEVICE && AE_IFBLK == REGRAFT_ARCHIVE_BLOCK_DEVICE
    && AE_IFIFO == REGRAFT_ARCHIVE_FIFO, "libarchive's file types");

// archive_read_open2() without its open and close callbacks and with a seek callback, which it has no parameter for.
static inline int regraft_archive_open(
    struct archive *archive, void *context, archive_read_callback *read, archive_seek_callback *seek,
    archive_skip_callback *skip) {
    if (archive_read_set_read_callback(archive, read) != ARCHIVE_OK
        || archive_read_set_seek_callback(archive, seek) != ARCHIVE_OK
        || archive_read_set_skip_callback(archive, skip) != ARCHIVE_OK
        || archive_read_set_callback_data(archive, context) != ARCHIVE_OK)
        return ARCHIVE_FATAL;
    return archive_read_open1(archive);
}

#endif
