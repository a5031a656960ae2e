-- A call names the account it is on, which keeps the sums: to report on a run is to read a line for each role and model.
CREATE TABLE accounts (
    number INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    role TEXT NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL DEFAULT 0,
    cached INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens INTEGER NOT NULL DEFAULT 0,
    usd REAL NOT NULL DEFAULT 0.0,
    unpriced INTEGER NOT NULL DEFAULT 0,
    latency_s REAL NOT NULL DEFAULT 0.0,
    UNIQUE (run_id, role, model)
);

-- Questions whose last request got no answer.
CREATE TABLE unanswered (
    account INTEGER NOT NULL REFERENCES accounts (number),
    key NOT NULL,
    PRIMARY KEY (account, key)
) WITHOUT ROWID;

-- Keys come by chance and replies are long: a row goes to the end of its table, and only its key to its place.
CREATE TABLE kept_answers (
    key PRIMARY KEY NOT NULL,
    reply TEXT NOT NULL
);

CREATE TABLE counted_calls (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (number),
    key NOT NULL,
    cached INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    usd REAL,
    latency_s REAL NOT NULL,
    failure TEXT NOT NULL
);

INSERT INTO accounts (
    run_id, role, model, calls, cached, failures, cancelled, prompt_tokens, completion_tokens, usd, unpriced, latency_s
)
SELECT
    run_id, role, model, SUM(NOT cached), SUM(cached), SUM(failure NOT IN ('', 'cancelled')),
    SUM(failure = 'cancelled'), SUM(prompt_tokens * NOT cached), SUM(completion_tokens * NOT cached),
    TOTAL(usd * NOT cached), SUM(NOT cached AND usd IS NULL), TOTAL(latency_s * (NOT cached AND failure = ''))
FROM calls GROUP BY run_id, role, model;

INSERT INTO counted_calls
SELECT
    calls.number, accounts.number, stored_key(key), calls.cached, calls.prompt_tokens, calls.completion_tokens, 0, 0,
    calls.usd, calls.latency_s, failure
FROM calls JOIN accounts USING (run_id, role, model) ORDER BY calls.number;

INSERT INTO unanswered
SELECT DISTINCT account, key FROM counted_calls
WHERE
    failure NOT IN ('', 'cancelled')
    AND (account, key) NOT IN (SELECT account, key FROM counted_calls WHERE failure = '');

INSERT INTO kept_answers SELECT stored_key(key), reply FROM answers;

DROP TABLE calls;
DROP TABLE answers;
ALTER TABLE counted_calls RENAME TO calls;
ALTER TABLE kept_answers RENAME TO answers;

CREATE TRIGGER answer_counted AFTER INSERT ON calls WHEN NEW.failure = '' AND NOT NEW.cached BEGIN
    UPDATE accounts SET
        calls = calls + 1,
        prompt_tokens = prompt_tokens + NEW.prompt_tokens,
        completion_tokens = completion_tokens + NEW.completion_tokens,
        cached_tokens = cached_tokens + NEW.cached_tokens,
        reasoning_tokens = reasoning_tokens + NEW.reasoning_tokens,
        usd = usd + IFNULL(NEW.usd, 0.0),
        unpriced = unpriced + (NEW.usd IS NULL),
        latency_s = latency_s + NEW.latency_s
    WHERE number = NEW.account;
    DELETE FROM unanswered WHERE account = NEW.account AND key = NEW.key;
END;

CREATE TRIGGER known_answer_counted AFTER INSERT ON calls WHEN NEW.cached BEGIN
    UPDATE accounts SET cached = cached + 1 WHERE number = NEW.account;
    DELETE FROM unanswered WHERE account = NEW.account AND key = NEW.key;
END;

CREATE TRIGGER failure_counted AFTER INSERT ON calls WHEN NEW.failure != '' AND NOT NEW.cached BEGIN
    UPDATE accounts SET
        calls = calls + 1,
        failures = failures + (NEW.failure != 'cancelled'),
        cancelled = cancelled + (NEW.failure = 'cancelled'),
        prompt_tokens = prompt_tokens + NEW.prompt_tokens,
        completion_tokens = completion_tokens + NEW.completion_tokens,
        cached_tokens = cached_tokens + NEW.cached_tokens,
        reasoning_tokens = reasoning_tokens + NEW.reasoning_tokens,
        usd = usd + IFNULL(NEW.usd, 0.0),
        unpriced = unpriced + (NEW.usd IS NULL)
    WHERE number = NEW.account;
    INSERT OR IGNORE INTO unanswered SELECT NEW.account, NEW.key WHERE NEW.failure != 'cancelled';
END;

-- A run goes on from its last state alone.
DELETE FROM steps WHERE step < (SELECT MAX(step) FROM steps AS later WHERE later.run_id = steps.run_id);
