"""A CloudFormation template of dashboards and alarms, with what its parameters make of it.

Of the language only what the shipped template uses: `Ref`, `Fn::Sub`, `Fn::If`, `Fn::Equals`, `Fn::Not`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALARM, DASHBOARD = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"
_NOTHING = object()
_PLACE = re.compile(r"\$\{([A-Za-z:]+)\}")


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing to be made: what CloudFormation calls its type, and its properties."""

    type: str
    properties: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Of the alarm or dashboard."""
        return str(self.properties["DashboardName" if self.type == DASHBOARD else "AlarmName"])


def resolve(template: Mapping[str, Any], parameters: Mapping[str, str]) -> list[Resource]:
    """All resources; `parameters`: over the template's defaults, and AWS's own such as `AWS::Region`.

    Raises KeyError for a name that there is not, ValueError for what is not understood.
    """
    values = {name: str(each.get("Default", "")) for name, each in template.get("Parameters", {}).items()}
    values |= parameters
    reader = _Reader(values, template.get("Conditions", {}))
    return [Resource(each["Type"], reader.value(each.get("Properties", {}))) for each in template["Resources"].values()]


def count(template: Mapping[str, Any], kind: str) -> int:
    """Resources of this type."""
    return sum(each["Type"] == kind for each in template["Resources"].values())


class _Reader:
    def __init__(self, values: Mapping[str, str], conditions: Mapping[str, Any]) -> None:
        self._values = values
        self._conditions = conditions

    def value(self, given: Any) -> Any:
        if isinstance(given, list):
            return [each for item in given if (each := self.value(item)) is not _NOTHING]
        if not isinstance(given, Mapping):
            return given
        if len(given) == 1:
            (name, argument), *_ = given.items()
            if name == "Ref":
                return _NOTHING if argument == "AWS::NoValue" else self._values[argument]
            if name.startswith("Fn::"):
                return self._function(name, argument)
        return {name: each for name, item in given.items() if (each := self.value(item)) is not _NOTHING}

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Fn::Sub":
                return _PLACE.sub(lambda found: self._values[found[1]], argument)
            case "Fn::If":
                condition, yes, no = argument
                return self.value(yes if self.value(self._conditions[condition]) else no)
            case "Fn::Equals":
                one, other = (self.value(each) for each in argument)
                return one == other
            case "Fn::Not":
                return not self.value(argument[0])
        raise ValueError(f"{name} is not understood")
