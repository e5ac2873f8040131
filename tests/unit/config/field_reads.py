"""Which fields of the configuration's models the program reads: found in its source, by the types of what is read.

A name alone proves nothing (`enabled`, `port`, `format` mean many things), so types are followed through the code as
far as annotations, dataclass fields, return types and the containers between them say. What can't be followed counts
as not read: a mistake shows as a key without effect, never as one that seems to have some.
"""

from __future__ import annotations

import ast
import collections.abc
import contextlib
import functools
import importlib
import inspect
import textwrap
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adce_async.config.files.base import Model

Field = tuple[type[Model], str]
Env = dict[str, Any]

_BUILTINS_THAT_KEEP_ITEMS = (sorted, list, tuple, set, frozenset, reversed, iter)


class _Known:
    """An object of the program itself: a module, a class, a function."""

    def __init__(self, value: Any) -> None:
        self.value = value


def field_reads(modules: Iterator[str]) -> set[Field]:
    """The fields that code of `modules` reads, and those that the models' own methods read which it calls."""
    walk = _Walk()
    for name in modules:
        module = importlib.import_module(name)
        walk.statements(ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8")).body, {}, vars(module))
    return walk.found


def modules_below(package: str) -> Iterator[str]:
    """The names of all modules in `package`."""
    root = Path(importlib.import_module(package).__file__ or "").parent
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join((package, *(parts[:-1] if parts[-1] == "__init__" else parts)))


class _Walk:
    def __init__(self) -> None:
        self.found: set[Field] = set()
        self._methods: set[tuple[type, str]] = set()

    # --- statements ---------------------------------------------------------------------------------------------

    def statements(self, body: list[ast.stmt], env: Env, space: Env) -> None:
        for node in body:
            self.statement(node, env, space)

    def statement(self, node: ast.AST, env: Env, space: Env) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = env | {a.arg: _annotation(a.annotation, space) for a in _arguments(node.args) if a.annotation}
            for default in (*node.args.defaults, *node.args.kw_defaults):
                self.infer(default, env, space)
            self.statements(node.body, inner, space)
        elif isinstance(node, ast.ClassDef):
            self.statements(node.body, env | {"self": space.get(node.name), "cls": _Known(space.get(node.name))}, space)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(target, self.infer(node.value, env, space), env)
        elif isinstance(node, ast.AnnAssign):
            self.infer(node.value, env, space)
            _bind(node.target, _annotation(node.annotation, space), env)
        elif isinstance(node, ast.For | ast.AsyncFor):
            _bind(node.target, _item(self.infer(node.iter, env, space)), env)
            self.statements([*node.body, *node.orelse], env, space)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for each in node.items:
                entered = self.infer(each.context_expr, env, space)
                if each.optional_vars is not None:
                    _bind(each.optional_vars, _item(entered) or entered, env)
            self.statements(node.body, env, space)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.infer(child, env, space)
                else:
                    self.statement(child, env, space)

    # --- expressions --------------------------------------------------------------------------------------------

    def infer(self, node: ast.AST | None, env: Env, space: Env) -> Any:
        """The type of an expression, as an annotation; None if it is not known. Notes the fields read in it."""
        if isinstance(node, ast.Name):
            return env[node.id] if node.id in env else _global(node.id, space)
        if isinstance(node, ast.Attribute):
            return self._attribute(self.infer(node.value, env, space), node.attr)
        if isinstance(node, ast.Call):
            return self._call(node, env, space)
        if isinstance(node, ast.Await | ast.Starred):
            return self.infer(node.value, env, space)
        if isinstance(node, ast.Subscript):
            self.infer(node.slice, env, space)
            held = self.infer(node.value, env, space)
            return _union(_args(one)[-1] for one in _members(held) if _args(one))
        if isinstance(node, ast.IfExp):
            self.infer(node.test, env, space)
            return _union((self.infer(node.body, env, space), self.infer(node.orelse, env, space)))
        if isinstance(node, ast.BoolOp):
            return _union([self.infer(each, env, space) for each in node.values])
        if isinstance(node, ast.NamedExpr):
            found = self.infer(node.value, env, space)
            _bind(node.target, found, env)
            return found
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehension(node, dict(env), space)
        if isinstance(node, ast.Lambda):
            self.infer(node.body, dict(env), space)
            return None
        if isinstance(node, ast.Tuple):
            return tuple[tuple(self.infer(each, env, space) or Any for each in node.elts) or ((),)]  # type: ignore[misc]
        for child in ast.iter_child_nodes(node) if node is not None else ():
            if isinstance(child, ast.expr | ast.keyword):
                self.infer(child.value if isinstance(child, ast.keyword) else child, env, space)
        return None

    def _comprehension(self, node: Any, env: Env, space: Env) -> Any:
        for each in node.generators:
            _bind(each.target, _item(self.infer(each.iter, env, space)), env)
            for condition in each.ifs:
                self.infer(condition, env, space)
        if isinstance(node, ast.DictComp):
            key, value = self.infer(node.key, env, space), self.infer(node.value, env, space)
            return dict[key or Any, value or Any]  # type: ignore[misc]
        return list[self.infer(node.elt, env, space) or Any]  # type: ignore[misc]

    def _call(self, node: ast.Call, env: Env, space: Env) -> Any:
        arguments = [self.infer(each, env, space) for each in node.args]
        for keyword in node.keywords:
            self.infer(keyword.value, env, space)
        if isinstance(node.func, ast.Attribute):
            held = self.infer(node.func.value, env, space)
            contents = _contents(held, node.func.attr)
            if contents is not None:
                return contents
        called = self.infer(node.func, env, space)
        if not isinstance(called, _Known):
            return None
        if called.value in _BUILTINS_THAT_KEEP_ITEMS and arguments:
            return list[_item(arguments[0]) or Any]  # type: ignore[misc]
        if called.value in (next, max, min) and arguments:
            return _item(arguments[0])
        if called.value is getattr and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            return self._attribute(arguments[0], str(node.args[1].value))
        return called.value if isinstance(called.value, type) else _returned(called.value)

    def _attribute(self, held: Any, name: str) -> Any:
        if isinstance(held, _Known):
            with contextlib.suppress(AttributeError):
                return _Known(getattr(held.value, name))
            return None
        return _union(self._member(one, name) for one in _members(held) if isinstance(one, type))

    def _member(self, owner: type, name: str) -> Any:
        if issubclass(owner, Model):
            if name in owner.model_fields:
                self.found.add((owner, name))
                return owner.model_fields[name].annotation
            self._method(owner, name)
        raw = inspect.getattr_static(owner, name, None)
        if isinstance(raw, property | functools.cached_property):
            return _returned(raw.fget if isinstance(raw, property) else raw.func)
        if isinstance(raw, types.FunctionType | classmethod | staticmethod):
            return _Known(getattr(owner, name))
        return _hints(owner).get(name) or self._set_in_init(owner, name)

    def _method(self, owner: type[Model], name: str) -> None:
        """What a method of a model reads counts as read where the method is called."""
        if (owner, name) in self._methods:
            return
        self._methods.add((owner, name))
        if name == "model_dump":
            self.found |= {(owner, field) for field in owner.model_fields}
        defined = next((cls for cls in owner.__mro__ if name in vars(cls) and cls.__module__ != BASE), None)
        if defined is not None and issubclass(defined, Model):
            raw = vars(defined)[name]
            function = raw.fget if isinstance(raw, property) else raw
            if isinstance(function, types.FunctionType):
                (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
                self.statement(tree, {"self": owner}, vars(inspect.getmodule(function)))

    def _set_in_init(self, owner: type, name: str) -> Any:
        """The type of an attribute that is only set in `__init__`, from what is annotated there."""
        return _init_attributes(owner).get(name) if owner.__module__.startswith(("adce_async", "tests")) else None


BASE = Model.__module__


@functools.cache
def _init_attributes(owner: type) -> dict[str, Any]:
    init = vars(owner).get("__init__")
    if not isinstance(init, types.FunctionType) or init.__module__ != owner.__module__:
        return {}
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(init))).body
    except (OSError, SyntaxError):  # made by a decorator
        return {}
    space = vars(inspect.getmodule(init))
    hints = {a.arg: _annotation(a.annotation, space) for a in _arguments(typing.cast("Any", tree).args)}
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        target = (
            node.targets[0]
            if isinstance(node, ast.Assign)
            else node.target
            if isinstance(node, ast.AnnAssign)
            else None
        )
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
            if isinstance(node, ast.AnnAssign):
                found[target.attr] = _annotation(node.annotation, space)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
                found[target.attr] = hints.get(node.value.id)
    return found


def _arguments(node: ast.arguments) -> list[ast.arg]:
    return [*node.posonlyargs, *node.args, *node.kwonlyargs]


def _annotation(node: ast.AST | None, space: Env) -> Any:
    """What an annotation stands for; None if it can't be told at run time."""
    try:
        return None if node is None else eval(ast.unparse(node), dict(space))
    except Exception:  # noqa: BLE001 - names that only type checkers import
        return None


def _global(name: str, space: Env) -> Any:
    if name in space:
        return _Known(space[name])
    builtin = getattr(importlib.import_module("builtins"), name, None)
    return None if builtin is None else _Known(builtin)


@functools.cache
def _hints(owner: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(owner)
    except Exception:  # noqa: BLE001 - see above
        return {}


def _returned(function: Callable[..., Any] | None) -> Any:
    try:
        return typing.get_type_hints(inspect.unwrap(function)).get("return") if function else None
    except Exception:  # noqa: BLE001 - see above
        return None


def _args(hint: Any) -> tuple[Any, ...]:
    """The types in a container."""
    args = tuple(one for one in typing.get_args(hint) if one is not Ellipsis)
    if typing.get_origin(hint) is typing.Annotated:
        return args[:1]
    return args


def _members(hint: Any) -> Iterator[Any]:
    """The alternatives of a union."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated or origin in (typing.Union, types.UnionType):
        for one in _args(hint):
            yield from _members(one)
    elif hint is not None:
        yield hint


def _union(hints: Any) -> Any:
    found = [one for one in hints if one is not None and one is not Any]
    if not found or any(isinstance(one, _Known) for one in found):
        return found[0] if found else None
    try:
        return functools.reduce(lambda a, b: a | b, found)
    except TypeError:
        return found[0]


def _is(hint: Any, kind: type) -> bool:
    origin = typing.get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, kind)


def _item(hint: Any) -> Any:
    """What a loop over it gives."""
    for one in _members(hint):
        if _is(one, tuple):
            return _union(_args(one))
        if _is(one, collections.abc.Iterable) or _is(one, collections.abc.AsyncIterable):
            return _args(one)[0]
        if _is(one, contextlib.AbstractContextManager) or _is(one, contextlib.AbstractAsyncContextManager):
            return _args(one)[0]
    return None


def _contents(hint: Any, method: str) -> Any:
    """What the methods of mappings give."""
    for one in _members(hint):
        if _is(one, collections.abc.Mapping) and len(_args(one)) == 2:  # (others, of headers, hold no settings)
            key, value = _args(one)
            if method in ("get", "pop", "setdefault"):
                return value
            if method == "values":
                return list[value]  # type: ignore[valid-type]
            if method == "items":
                return list[tuple[key, value]]  # type: ignore[valid-type]
    return None


def _bind(target: ast.AST, hint: Any, env: Env) -> None:
    if isinstance(target, ast.Name):
        env[target.id] = hint
    elif isinstance(target, ast.Tuple | ast.List):
        each: tuple[Any, ...] = ()
        for one in _members(hint):
            each = _args(one) if _is(one, tuple) else ()
        for index, part in enumerate(target.elts):
            _bind(part, each[index] if len(each) == len(target.elts) else None, env)
