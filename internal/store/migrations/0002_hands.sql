-- What events say about hands (nest.Member): when last, from where the hand that is up, and until when a presence claims it.
ALTER TABLE members ADD COLUMN hand_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN hand_from TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN hand_claim BIGINT NOT NULL DEFAULT 0;
CREATE INDEX members_hands ON members (hand_at) WHERE hand_at > 0;
