"""Writing to the audit log: only through functions that take the organization and user from the scope in force."""

from django.conf import settings
from django.db import migrations

OWNER = "SECURITY DEFINER SET search_path = public, pg_temp"
# The owner sees rows of forced tables only while it says that it maintains; the policy names the owner, so that the
# setting, which lasts until the transaction ends, gives the caller nothing.
MAINTAIN = "PERFORM set_config('rls.maintenance', 'on', true);"
FUNCTIONS = f"""
CREATE FUNCTION audit_canonical(line audit_logs) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'id', line.id, 'org_id', line.org_id, 'user_id', line.user_id, 'action_type', line.action_type,
    'object_type', line.object_type, 'object_id', line.object_id, 'sql_query', line.sql_query,
    'approved_by', line.approved_by, 'request_id', line.request_id, 'detail', line.detail,
    'created_at', to_char(line.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text
$$;

CREATE FUNCTION audit_append(
  p_id uuid, p_action text, p_object_type text, p_object_id text, p_detail jsonb, p_request_id text,
  p_sql text, p_approved_by uuid) RETURNS void LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  {MAINTAIN}
  IF app_current_org() IS NULL THEN
    RAISE EXCEPTION 'audit_append outside a tenant scope';
  END IF;
  INSERT INTO audit_logs (id, org_id, user_id, action_type, object_type, object_id, sql_query, approved_by,
                          request_id, detail, created_at)
  VALUES (p_id, app_current_org(), app_current_user(), p_action, p_object_type, p_object_id, p_sql, p_approved_by,
          p_request_id, p_detail, clock_timestamp());
  INSERT INTO audit_pending (log_id, org_id) VALUES (p_id, app_current_org());
END $$;

-- One sealer at a time for an organization; writers never wait for it.
CREATE FUNCTION audit_seal(p_org uuid, p_limit integer) RETURNS integer LANGUAGE plpgsql {OWNER} AS $$
DECLARE
  last record; line audit_logs; sealed integer := 0; prev text; num bigint; link text;
BEGIN
  {MAINTAIN}
  PERFORM pg_advisory_xact_lock(hashtextextended('audit:' || p_org::text, 0));
  SELECT seq, hash INTO last FROM audit_seals WHERE org_id = p_org ORDER BY seq DESC LIMIT 1;
  num := coalesce(last.seq, 0); prev := coalesce(last.hash, repeat('0', 64));
  FOR line IN SELECT l.* FROM audit_pending p JOIN audit_logs l ON l.id = p.log_id
              WHERE p.org_id = p_org ORDER BY l.created_at, l.id LIMIT p_limit LOOP
    num := num + 1;
    link := encode(sha256(convert_to(prev || E'\\n' || num || E'\\n' || audit_canonical(line), 'UTF8')), 'hex');
    INSERT INTO audit_seals (id, org_id, seq, log_id, prev_hash, hash, sealed_at)
    VALUES (gen_random_uuid(), p_org, num, line.id, prev, link, clock_timestamp());
    DELETE FROM audit_pending WHERE log_id = line.id;
    prev := link; sealed := sealed + 1;
  END LOOP;
  RETURN sealed;
END $$;

CREATE FUNCTION audit_unsealed_organizations() RETURNS SETOF uuid LANGUAGE plpgsql {OWNER} AS
$$ BEGIN {MAINTAIN} RETURN QUERY SELECT DISTINCT org_id FROM audit_pending; END $$;
CREATE FUNCTION audit_organizations() RETURNS SETOF uuid LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  {MAINTAIN}
  RETURN QUERY SELECT org_id FROM audit_seals UNION SELECT org_id FROM audit_pending UNION SELECT org_id FROM audit_logs;
END $$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON audit_logs
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE ON audit_seals
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
"""
DROP = """
DROP TRIGGER audit_seals_append_only ON audit_seals; DROP TRIGGER audit_logs_append_only ON audit_logs;
DROP FUNCTION audit_refuse(); DROP FUNCTION audit_organizations(); DROP FUNCTION audit_unsealed_organizations();
DROP FUNCTION audit_seal(uuid, integer); DROP FUNCTION audit_append(uuid, text, text, text, jsonb, text, text, uuid);
DROP FUNCTION audit_canonical(audit_logs);
"""
SIGNATURES = (
    "audit_canonical(audit_logs), audit_append(uuid, text, text, text, jsonb, text, text, uuid), "
    "audit_seal(uuid, integer), audit_unsealed_organizations(), audit_organizations()"
)


def restrict(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"REVOKE INSERT, UPDATE, DELETE ON audit_logs, audit_seals, audit_pending FROM {role}")
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURES} TO {role}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunPython(restrict, migrations.RunPython.noop),
    ]
