-- +goose Up
-- Who made an invitation, by id: it ends with the right to make it. '' for
-- the command line, and for invitations from before.
ALTER TABLE access_invites ADD COLUMN giver TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE access_invites DROP COLUMN giver;
