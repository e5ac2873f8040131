"""The lake as tables, in Parquet files. DuckDB holds sources against each other and answers queries."""
