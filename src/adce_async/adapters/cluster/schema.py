"""The tables of a cluster, as migrations: append to the end, never change what was released.

All live in one schema of their own (`adce`, unless configured otherwise). Times are seconds since the epoch, by the
clock of the database (see `leases`).
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE task (  -- the first columns in the order of the fields of model.task.Task
        key text COLLATE "C" PRIMARY KEY, source text NOT NULL, scraper text NOT NULL, data_type text NOT NULL,
        season text, fields text NOT NULL, kind text NOT NULL, priority integer NOT NULL,
        detected_at double precision NOT NULL, due double precision NOT NULL, reason text NOT NULL,
        files integer NOT NULL, tier integer NOT NULL, freshness_seconds double precision,
        fingerprint text NOT NULL, origin text NOT NULL, force boolean NOT NULL, attempts integer NOT NULL,
        lost_leases integer NOT NULL, not_before double precision NOT NULL,
        lease_until double precision,  -- set while it is claimed
        token bigint, claimed_by text  -- of the last claim: its fencing token, the node that has it
    );
    CREATE INDEX task_leased ON task (lease_until) WHERE lease_until IS NOT NULL;
    CREATE INDEX task_asked ON task (key) WHERE origin = 'file';
    CREATE SEQUENCE claim_token AS bigint;
    CREATE TABLE parked (  -- columns in the order of the fields of model.task.Parked
        key text COLLATE "C" PRIMARY KEY, source text NOT NULL, scraper text NOT NULL, reason text NOT NULL,
        attempts integer NOT NULL, parked_at double precision NOT NULL, last_status integer, head text NOT NULL,
        fingerprint text NOT NULL, kind text NOT NULL
    );
    CREATE TABLE gap_age (key text COLLATE "C" PRIMARY KEY, first_detected double precision NOT NULL);
    CREATE TABLE settled (  -- what was stored lately: a pass that began before may not have seen it
        key text COLLATE "C" PRIMARY KEY, at double precision NOT NULL
    );
    CREATE TABLE queue_change (number bigint NOT NULL);  -- its one row grows when others have to look again
    INSERT INTO queue_change VALUES (0);
    CREATE TABLE discovery (key text COLLATE "C" PRIMARY KEY, etag text NOT NULL, items bytea NOT NULL);
    CREATE TABLE state (name text PRIMARY KEY, text bytea NOT NULL);
    CREATE TABLE attempt (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, source text NOT NULL,
        scraper text NOT NULL, verdict text NOT NULL, reason text NOT NULL, at double precision NOT NULL,
        seconds double precision NOT NULL, bytes bigint NOT NULL
    );
    CREATE INDEX attempt_at ON attempt (at, scraper, verdict);
    CREATE TABLE note (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at double precision NOT NULL, kind text NOT NULL,
        text text NOT NULL
    );
    CREATE TABLE verification (
        key text COLLATE "C" PRIMARY KEY, tag text NOT NULL, reason text NOT NULL, facts text NOT NULL
    );
    CREATE INDEX verification_refused ON verification (key) WHERE reason <> '';
    CREATE TABLE coverage_history (
        at double precision NOT NULL, source text NOT NULL, data_type text NOT NULL, season text NOT NULL,
        required integer NOT NULL, expected integer NOT NULL, stored integer NOT NULL, missing integer NOT NULL,
        stale integer NOT NULL, small integer NOT NULL, invalid integer NOT NULL, verified integer NOT NULL,
        PRIMARY KEY (source, data_type, season, at)
    );
    CREATE TABLE node (
        name text PRIMARY KEY, session text NOT NULL,  -- which process it is
        place text NOT NULL,  -- the folder of its state: who comes back from there is the same node, restarted
        expires_at double precision NOT NULL, share double precision NOT NULL,  -- of the global limits
        doing text NOT NULL
    );
    CREATE TABLE source_lease (
        source text PRIMARY KEY, owner text NOT NULL, session text NOT NULL,  -- '': nobody's
        fence bigint NOT NULL, expires_at double precision NOT NULL, moved_at double precision NOT NULL,
        wanted_by text NOT NULL,  -- the node to which it is to be handed over; '': it stays
        ahead integer NOT NULL  -- requests that may be sent before the owner says so
    );
    CREATE TABLE leader (  -- one row
        name text NOT NULL, session text NOT NULL, expires_at double precision NOT NULL,
        asked bigint NOT NULL  -- grows with each pass that is asked for
    );
    INSERT INTO leader VALUES ('', '', 0, 0);
    CREATE TABLE sent (session text NOT NULL, source text NOT NULL, at double precision NOT NULL);
    CREATE INDEX sent_at ON sent (source, at);
    CREATE TABLE handover (at double precision NOT NULL, source text NOT NULL, owner text NOT NULL, why text NOT NULL);
    """,
    "ALTER TABLE node ADD COLUMN sources text[] NOT NULL DEFAULT '{}'",  # that its configuration has
)
