-- Whose meeting event (30313) is to be looked at; what it said last is the stored event itself.
ALTER TABLE nests ADD COLUMN meeting_due BOOLEAN NOT NULL DEFAULT TRUE;
CREATE INDEX nests_meeting_due ON nests (updated_at, id) WHERE meeting_due;
