"""The lake in S3, and what S3 says of it."""
