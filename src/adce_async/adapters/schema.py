"""The tables of `adce.db`, as migrations: append to the end, never change what was released."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE task (  -- columns in the order of the fields of model.task.Task
        key TEXT PRIMARY KEY, source TEXT NOT NULL, scraper TEXT NOT NULL, data_type TEXT NOT NULL, season TEXT,
        fields TEXT NOT NULL, kind TEXT NOT NULL, priority INTEGER NOT NULL, detected_at REAL NOT NULL,
        due REAL NOT NULL, reason TEXT NOT NULL, files INTEGER NOT NULL, tier INTEGER NOT NULL,
        freshness_seconds REAL, fingerprint TEXT NOT NULL, origin TEXT NOT NULL, force INTEGER NOT NULL,
        attempts INTEGER NOT NULL, lost_leases INTEGER NOT NULL, not_before REAL NOT NULL,
        lease_until REAL
    );
    CREATE INDEX task_leased ON task (lease_until) WHERE lease_until IS NOT NULL;
    CREATE INDEX task_asked ON task (key) WHERE origin = 'file';
    CREATE TABLE parked (  -- columns in the order of the fields of model.task.Parked
        key TEXT PRIMARY KEY, source TEXT NOT NULL, scraper TEXT NOT NULL, reason TEXT NOT NULL,
        attempts INTEGER NOT NULL, parked_at REAL NOT NULL, last_status INTEGER, head TEXT NOT NULL,
        fingerprint TEXT NOT NULL, kind TEXT NOT NULL
    );
    CREATE TABLE gap_age (key TEXT PRIMARY KEY, first_detected REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE discovery (key TEXT PRIMARY KEY, etag TEXT NOT NULL, items BLOB NOT NULL);
    CREATE TABLE state (name TEXT PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE attempt (  -- columns in the order of the fields of ports.Attempt
        id INTEGER PRIMARY KEY, key TEXT NOT NULL, source TEXT NOT NULL, scraper TEXT NOT NULL, verdict TEXT NOT NULL,
        reason TEXT NOT NULL, at REAL NOT NULL, seconds REAL NOT NULL, bytes INTEGER NOT NULL
    );
    CREATE INDEX attempt_at ON attempt (at, scraper, verdict);
    """,
    """
    CREATE TABLE verification (  -- after the key, columns in the order of the fields of ports.Judgement
        key TEXT PRIMARY KEY, tag TEXT NOT NULL, reason TEXT NOT NULL, facts TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX verification_refused ON verification (key) WHERE reason <> '';
    """,
    """
    ALTER TABLE task ADD COLUMN token INTEGER NOT NULL DEFAULT 0;  -- of the claim until lease_until
    CREATE TABLE last_token (token INTEGER NOT NULL);  -- the greatest that was ever given, in its one row
    INSERT INTO last_token VALUES (0);
    """,
    """
    CREATE TABLE coverage_history (  -- as model.coverage.Coverage, season empty for none
        at REAL NOT NULL, source TEXT NOT NULL, data_type TEXT NOT NULL, season TEXT NOT NULL,
        required INTEGER NOT NULL, expected INTEGER NOT NULL, stored INTEGER NOT NULL, missing INTEGER NOT NULL,
        stale INTEGER NOT NULL, small INTEGER NOT NULL, invalid INTEGER NOT NULL, verified INTEGER NOT NULL,
        PRIMARY KEY (source, data_type, season, at)
    ) WITHOUT ROWID;
    """,
    "CREATE TABLE note (id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL)",
)
