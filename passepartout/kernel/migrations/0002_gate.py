"""The schema `ai`, in which a model's SQL sees the world, and the signed token that says whose world it is.

A plain setting will not do for a statement that we did not write: seven single SELECTs changed `app.org_id` from
within. The token names the organization, its end and the one connection it is for, under a key that never leaves the
database (HMAC, RFC 2104, of two sha256: there is no pgcrypto). Forged, moved or late it means no rows.
"""

from django.conf import settings
from django.db import migrations

SAFE = "SET search_path = pg_catalog, pg_temp"
FUNCTIONS = f"""
CREATE SCHEMA gate;
CREATE SCHEMA ai;
CREATE TABLE gate.key (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), inner_pad bytea, outer_pad bytea);
REVOKE ALL ON gate.key FROM PUBLIC;

DO $$
DECLARE key bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
        inner_pad bytea := ''; outer_pad bytea := ''; octet integer;
BEGIN
  FOR position IN 0..63 LOOP
    octet := CASE WHEN position < 32 THEN get_byte(key, position) ELSE 0 END;
    inner_pad := inner_pad || set_byte('\\x00'::bytea, 0, octet # 54);
    outer_pad := outer_pad || set_byte('\\x00'::bytea, 0, octet # 92);
  END LOOP;
  INSERT INTO gate.key (inner_pad, outer_pad) VALUES (inner_pad, outer_pad);
END $$;

CREATE FUNCTION gate.signature(said text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER {SAFE} AS $$
  SELECT encode(sha256(outer_pad || sha256(inner_pad || convert_to(said, 'UTF8'))), 'hex') FROM gate.key
$$;

-- For the runtime role, which may set its own scope anyway; the roles of the gate may not call it.
CREATE FUNCTION gate.issue(org uuid, pid integer, seconds integer) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER {SAFE} AS $$
  SELECT said || '|' || gate.signature(said)
  FROM (SELECT org || '|' || (extract(epoch FROM clock_timestamp())::bigint + seconds) || '|' || pid AS said) AS token
$$;

CREATE FUNCTION gate.verified(token text) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER {SAFE} AS $$
DECLARE part text[] := string_to_array(token, '|');
BEGIN
  IF array_length(part, 1) IS DISTINCT FROM 4
     OR gate.signature(part[1] || '|' || part[2] || '|' || part[3]) IS DISTINCT FROM part[4]
     OR part[2]::bigint < extract(epoch FROM clock_timestamp())
     OR part[3]::integer <> pg_backend_pid() THEN
    RETURN NULL;
  END IF;
  RETURN part[1]::uuid;
END $$;

CREATE FUNCTION ai.current_org() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER {SAFE} AS $$
  SELECT gate.verified(current_setting('app.sql_token', true))
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA gate, ai FROM PUBLIC;
"""
DROP = "DROP SCHEMA ai CASCADE; DROP SCHEMA gate CASCADE;"


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT USAGE ON SCHEMA gate TO {role}")
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION gate.issue(uuid, integer, integer) TO {role}")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_database")]
    run_before = [("contenttypes", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
