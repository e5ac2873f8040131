"""What may stand in the YAML: the models, one module a file or group of keys."""
