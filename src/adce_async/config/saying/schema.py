"""JSON Schema (draft 2020-12) of the four files, for editors: with every docstring, short form and old name."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
from collections.abc import Mapping
from typing import Any

from adce_async.config.files.base import Model
from adce_async.config.files.keys import model_in, step
from adce_async.config.files.retired import RETIRED
from adce_async.config.settings import MODELS

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """File name -> its schema."""
    return {f"{name}.yaml": file_schema(model, RETIRED[name]) for name, model in MODELS.items()}


def file_schema(model: type[Model], retired: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The schema of one file; `retired`: dotted keys that are read and dropped, with the reason."""
    found = model.model_json_schema(mode="validation")
    definitions = found.get("$defs", {})
    for inner in models_of(model):
        definition = found if inner is model else definitions.get(inner.__name__)
        if definition is None:
            continue
        properties = definition.get("properties", {})
        for key, text in field_docs(inner).items():
            properties[key]["description"] = text
        for rule in inner.renamed:
            _add_deprecated(definition, definitions, rule.old.split("."), f"Old name of '{rule.new}'.")
        for key, annotation in inner.key_types().items():
            properties[key] = _with_short_forms(properties[key], annotation, definitions)
    for dotted, reason in (retired or {}).items():
        section, below = _section_around(model, dotted.split("."))
        definition = found if section is model else definitions[section.__name__]
        _add_deprecated(definition, definitions, below, f"Has no effect any more: {reason}.")
    return {"$schema": _DRAFT, **found}


def models_of(model: type[Model]) -> list[type[Model]]:
    """`model` and all models inside it, each once."""
    found = [model]
    for one in found:
        inner = [*map(section_in, one.key_types().values()), one.entries]
        found += [i for i in dict.fromkeys(inner) if i is not None and i not in found]
    return found


def section_in(annotation: Any) -> type[Model] | None:
    """The model in `annotation`, or in the values of the mapping or list that it is."""
    direct = model_in(annotation)
    if direct is not None:
        return direct
    return next((found for part in getattr(annotation, "__args__", ()) if (found := section_in(part))), None)


@functools.cache
def field_docs(model: type[Model]) -> dict[str, str]:
    """Key -> the docstring below the field, on one line. Empty where the source is not at hand."""
    try:
        tree = ast.parse(inspect.getsource(inspect.getmodule(model) or model))
    except (OSError, TypeError):
        return {}
    body = next(n.body for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == model.__name__)
    docs: dict[str, str] = {}
    for node, after in itertools.pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(after, ast.Expr):
            info = model.model_fields.get(node.target.id)
            if info is not None and isinstance(after.value, ast.Constant):
                docs[info.alias or node.target.id] = " ".join(str(after.value.value).split())
    return docs


def _section_around(model: type[Model], parts: list[str]) -> tuple[type[Model], list[str]]:
    """The innermost model on the way to a key, and the rest of the way."""
    section, rest, annotation = model, parts, model
    for count, part in enumerate(parts[:-1], 1):
        annotation = step(annotation, part)
        if (inner := model_in(annotation)) is not None:
            section, rest = inner, parts[count:]
    return section, rest


def _add_deprecated(definition: dict[str, Any], definitions: dict[str, Any], parts: list[str], text: str) -> None:
    """Allow the key at `parts` too, whatever it holds; sections around it that are no models are made."""
    for part in parts[:-1]:
        inner = definition.setdefault("properties", {}).setdefault(part, {"deprecated": True})
        reference = inner.get("$ref") or next((one["$ref"] for one in inner.get("allOf", ())), None)
        definition = definitions[reference.rpartition("/")[2]] if reference else inner
    definition.setdefault("properties", {}).setdefault(parts[-1], {}).update(deprecated=True, description=text)


def _with_short_forms(written: dict[str, Any], annotation: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Allow no value at all, and the bare value where a section has a shorthand."""
    section = section_in(annotation)
    if section is not None and section.shorthand:
        bare = definitions[section.__name__]["properties"][section.shorthand]
        definitions.setdefault(f"{section.__name__}OrBare", {"anyOf": [{"$ref": f"#/$defs/{section.__name__}"}, bare]})
        written = _replace_reference(written, section.__name__)
    if {"type": "null"} in written.get("anyOf", ()):
        return written
    extra: dict[str, Any] = {key: written[key] for key in ("description", "default", "title") if key in written}
    return {**extra, "anyOf": [{k: v for k, v in written.items() if k not in extra}, {"type": "null"}]}


def _replace_reference(node: Any, name: str) -> Any:
    if isinstance(node, dict):
        return {
            key: f"{value}OrBare" if key == "$ref" and value == f"#/$defs/{name}" else _replace_reference(value, name)
            for key, value in node.items()
        }
    return [_replace_reference(item, name) for item in node] if isinstance(node, list) else node
