-- +goose Up
-- What few of many alerts have is found without a walk over all others: those
-- of a pack, and those of a rule in a tenant in which it finds little.
CREATE INDEX alert_alerts_pack ON alert_alerts (pack, number);
CREATE INDEX alert_alerts_tenant_rule ON alert_alerts (tenant, rule, number);

-- +goose Down
DROP INDEX alert_alerts_tenant_rule;
DROP INDEX alert_alerts_pack;
