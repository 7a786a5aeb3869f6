import GRDB

extension SQLiteCatalog {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: datasets, jobs, models") { database in
            try database.execute(sql: schema)
        }
        migrator.registerMigration("2: files that an ingest ignores") { database in
            try database.execute(
                sql: "ALTER TABLE dataset_version ADD COLUMN ignored_count INTEGER NOT NULL DEFAULT 0")
        }
        migrator.registerMigration("3: a photo by its id") { database in
            // Without the version in it, SQLite takes the index by version for these and looks at the whole dataset for one photo.
            try database.execute(
                sql: "DROP INDEX image_by_id; CREATE INDEX image_by_id ON image (dataset, id, added)")
        }
        migrator.registerMigration("4: versions that were imported") { _ in
            // Their documents have no dataset, which earlier Regrafts cannot read: those are to refuse the whole catalog, as one of
            // a newer Regraft, and not to fail at some of its models.
        }
        return migrator
    }

    /// A photo is in the versions from `added` up to the one before `removed`. So a new version costs as many rows as it
    /// changes, not as many as it holds.
    private static let schema = """
        CREATE TABLE dataset (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            created_at REAL NOT NULL,
            next_version INTEGER NOT NULL DEFAULT 1,
            current INTEGER
        );
        CREATE TABLE dataset_version (
            dataset INTEGER NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            state TEXT NOT NULL,
            origin TEXT NOT NULL,
            created_at REAL NOT NULL,
            job TEXT,
            image_count INTEGER NOT NULL DEFAULT 0,
            refused_count INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (dataset, number)
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX dataset_version_ingesting ON dataset_version (dataset) WHERE state = 'ingesting';
        CREATE TABLE image (
            row INTEGER PRIMARY KEY,
            id INTEGER NOT NULL,  -- stays when the photo is relabelled
            dataset INTEGER NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
            digest BLOB NOT NULL,
            label TEXT NOT NULL,
            path TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            added INTEGER NOT NULL,
            removed INTEGER,
            split TEXT
        );
        CREATE INDEX image_by_id ON image (dataset, id);
        CREATE INDEX image_by_label ON image (dataset, label, id);
        CREATE INDEX image_by_digest ON image (digest, dataset, label, added);
        CREATE INDEX image_by_version ON image (dataset, added);
        CREATE TABLE image_id (next INTEGER NOT NULL);
        INSERT INTO image_id VALUES (1);
        CREATE TABLE refusal (
            dataset INTEGER NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
            version INTEGER NOT NULL,
            number INTEGER NOT NULL,
            path TEXT NOT NULL,
            code TEXT NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (dataset, version, number)
        ) WITHOUT ROWID;

        CREATE TABLE job (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            priority INTEGER NOT NULL,
            dataset TEXT NOT NULL,
            model TEXT,
            archive BLOB,  -- the blob that an ingest still needs
            specification TEXT NOT NULL,
            progress TEXT NOT NULL,
            metrics TEXT NOT NULL,
            model_version INTEGER,
            attempt INTEGER NOT NULL DEFAULT 0,
            cancel_requested INTEGER NOT NULL DEFAULT 0,
            error TEXT,
            created_at REAL NOT NULL,
            started_at REAL,
            finished_at REAL,
            lease_token TEXT,
            lease_until REAL
        );
        CREATE INDEX job_queue ON job (kind, priority DESC, sequence) WHERE state = 'queued';
        -- Rows with one key lie in the order of `sequence`, which lists are paged by.
        CREATE INDEX job_by_state ON job (state);
        CREATE INDEX job_by_kind ON job (kind);
        CREATE INDEX job_by_dataset ON job (dataset);
        CREATE INDEX job_by_model ON job (model);
        CREATE INDEX job_by_archive ON job (archive) WHERE archive IS NOT NULL;
        CREATE TABLE event (
            job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
            sequence INTEGER NOT NULL,
            kind TEXT NOT NULL,
            at REAL NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (job, sequence)
        ) WITHOUT ROWID;
        CREATE TABLE idempotency (
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            result TEXT NOT NULL,
            created_at REAL NOT NULL,
            PRIMARY KEY (scope, key)
        ) WITHOUT ROWID;
        CREATE INDEX idempotency_by_age ON idempotency (created_at);

        CREATE TABLE model (
            name TEXT PRIMARY KEY NOT NULL,
            created_at REAL NOT NULL,
            next_version INTEGER NOT NULL DEFAULT 1
        ) WITHOUT ROWID;
        CREATE TABLE model_version (
            model TEXT NOT NULL REFERENCES model (name) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            head BLOB NOT NULL,
            evaluation BLOB NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (model, number)
        ) WITHOUT ROWID;
        CREATE INDEX model_version_by_head ON model_version (head);
        CREATE INDEX model_version_by_evaluation ON model_version (evaluation);
        CREATE TABLE golden_photo (
            digest BLOB NOT NULL,
            model TEXT NOT NULL,
            version INTEGER NOT NULL,
            PRIMARY KEY (digest, model, version),
            FOREIGN KEY (model, version) REFERENCES model_version (model, number) ON DELETE CASCADE
        ) WITHOUT ROWID;
        CREATE INDEX golden_photo_by_version ON golden_photo (model, version);
        CREATE TABLE alias (
            model TEXT NOT NULL REFERENCES model (name) ON DELETE CASCADE,
            alias TEXT NOT NULL,
            version INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            moved_at REAL NOT NULL,
            PRIMARY KEY (model, alias),
            FOREIGN KEY (model, version) REFERENCES model_version (model, number)
        ) WITHOUT ROWID;
        CREATE TABLE alias_move (
            model TEXT NOT NULL REFERENCES model (name) ON DELETE CASCADE,
            alias TEXT NOT NULL,
            generation INTEGER NOT NULL,
            version INTEGER NOT NULL,
            moved_at REAL NOT NULL,
            PRIMARY KEY (model, alias, generation)
        ) WITHOUT ROWID;

        CREATE TABLE garbage (digest BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID;
        """
}
