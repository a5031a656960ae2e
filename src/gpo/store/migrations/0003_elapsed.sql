-- How long a run has taken over all its sittings. It is noted as calls come: a kill loses what was in flight and no more.
CREATE TABLE elapsed (
    run_id TEXT PRIMARY KEY,
    seconds REAL NOT NULL
) WITHOUT ROWID;
