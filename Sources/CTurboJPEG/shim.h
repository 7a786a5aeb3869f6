#ifndef REGRAFT_CTURBOJPEG_H
#define REGRAFT_CTURBOJPEG_H

#include <turbojpeg.h>

#endif
