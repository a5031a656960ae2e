-- What arrives comes to the end of one table that nothing hangs on, an answer and its call as one row, and from there to
-- its places, many rows at once: whoever waits for it to be safe waits for no account, no sum and no place of a key.
CREATE TABLE arrivals (
    key NOT NULL,
    reply TEXT, -- none where there is no answer
    run_id TEXT, -- none where there is no call
    role TEXT,
    model TEXT,
    cached INTEGER,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    cached_tokens INTEGER,
    reasoning_tokens INTEGER,
    usd REAL,
    latency_s REAL,
    failure TEXT,
    elapsed_s REAL, -- how long the run had taken by then, where that is noted
    -- What `calls` would not take is refused here, by whose fault it is.
    CHECK (
        run_id IS NULL OR role IS NOT NULL AND model IS NOT NULL AND failure IS NOT NULL
        AND cached + prompt_tokens + completion_tokens + cached_tokens + reasoning_tokens + latency_s IS NOT NULL
    )
);

-- To insert the number of an arrival here is to take it in with all before it: one statement, and so one transaction.
CREATE VIEW taken_in (arrival) AS SELECT 0 WHERE FALSE;

CREATE TRIGGER take_in INSTEAD OF INSERT ON taken_in BEGIN
    INSERT OR REPLACE INTO answers
    SELECT key, reply FROM arrivals WHERE rowid <= NEW.arrival AND reply IS NOT NULL ORDER BY rowid;

    INSERT OR IGNORE INTO accounts (run_id, role, model)
    SELECT DISTINCT run_id, role, model FROM arrivals WHERE rowid <= NEW.arrival AND run_id IS NOT NULL;

    INSERT INTO calls
    SELECT
        NULL, number, key, a.cached, a.prompt_tokens, a.completion_tokens, a.cached_tokens, a.reasoning_tokens, a.usd,
        a.latency_s, failure
    FROM arrivals AS a JOIN accounts USING (run_id, role, model)
    WHERE a.rowid <= NEW.arrival ORDER BY a.rowid;

    INSERT INTO elapsed
    SELECT run_id, MAX(elapsed_s) FROM arrivals WHERE rowid <= NEW.arrival AND elapsed_s IS NOT NULL GROUP BY run_id
    ON CONFLICT (run_id) DO UPDATE SET seconds = MAX(seconds, excluded.seconds);

    DELETE FROM arrivals WHERE rowid <= NEW.arrival;
END;
