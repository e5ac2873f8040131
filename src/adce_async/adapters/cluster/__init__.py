"""The ports on PostgreSQL, for several machines that share the work. Nothing else imports psycopg."""
