"""The conditions of a playbook: `{all: […]}`, `{any: […]}`, `{not: …}` or `{field, op, value}`."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Strict,
    Tag,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.conditions.operands import operand_fault
from shared.playbook.known_keys import nearest

Operator = Literal["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "contains", "matches", "exists", "changed_to"]
DEEPEST_CONDITION = 32


class _Branch(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    @property
    def parts(self) -> "tuple[Condition, ...]":
        """The conditions directly inside this one."""
        return ()

    @model_validator(mode="after")
    def _not_too_deep(self) -> Self:
        if depth_of(self) > DEEPEST_CONDITION:
            raise ValueError(f"conditions are nested more than {DEEPEST_CONDITION} deep")
        return self


class AllOf(_Branch):
    """True when every part is; without parts, true."""

    all_of: "tuple[Condition, ...]" = Field(alias="all")

    @property
    def parts(self) -> "tuple[Condition, ...]":
        return self.all_of


class AnyOf(_Branch):
    """True when at least one part is; without parts, false."""

    any_of: "tuple[Condition, ...]" = Field(alias="any")

    @property
    def parts(self) -> "tuple[Condition, ...]":
        return self.any_of


class Not(_Branch):
    """True when its part is false."""

    negated: "Condition" = Field(alias="not")

    @property
    def parts(self) -> "tuple[Condition, ...]":
        return (self.negated,)


class Comparison(_Branch):
    """One field compared with a value of the playbook; `exists` without a value asks that there is one."""

    field: Annotated[str, Strict(), Field(min_length=1, max_length=200)]
    op: Operator
    value: JsonValue = Field(default=None, validate_default=True)

    @field_validator("value")
    @classmethod
    def _fits_operator(cls, value: JsonValue, info: ValidationInfo) -> JsonValue:
        op = info.data.get("op")
        if op is None:
            return value
        if value is None and op == "exists":
            return True
        if value is None:
            raise PydanticCustomError("missing", "the key 'value' is missing")
        if fault := operand_fault(op, value):
            raise ValueError(fault)
        return value


_SHAPE_OF_KEY = {
    "all": "all-of",
    "any": "any-of",
    "not": "negation",
    "field": "comparison",
    "op": "comparison",
    "value": "comparison",
}
_SHAPE_OF_CLASS: dict[type, str] = {AllOf: "all-of", AnyOf: "any-of", Not: "negation", Comparison: "comparison"}


def _shape(condition: object) -> str | None:
    """The one shape that was meant, by its keys or by those most like them, so that one mistake gives one error."""
    if not isinstance(condition, dict):
        return _SHAPE_OF_CLASS.get(type(condition), "comparison")
    meant = [_SHAPE_OF_KEY.get(key) or _SHAPE_OF_KEY.get(nearest(key, _SHAPE_OF_KEY) or "") for key in condition]
    shapes = [shape for shape in meant if shape]
    return max(shapes, key=shapes.count) if shapes else None


Condition: TypeAlias = Annotated[
    Annotated[AllOf, Tag("all-of")]
    | Annotated[AnyOf, Tag("any-of")]
    | Annotated[Not, Tag("negation")]
    | Annotated[Comparison, Tag("comparison")],
    Discriminator(
        _shape,
        custom_error_type="no_condition",
        custom_error_message="a condition is expected: one with field, op and value, or with all, any or not",
    ),
]

for _branch in (AllOf, AnyOf, Not):
    _branch.model_rebuild()

_ADAPTER: TypeAdapter[Condition] = TypeAdapter(Condition)


def parse_condition(condition: object) -> Condition:
    """Build a condition from plain values. Raises pydantic.ValidationError."""
    return _ADAPTER.validate_python(condition)


def depth_of(condition: _Branch) -> int:
    """How many conditions stand inside one another, counting itself."""
    return 1 + max(map(depth_of, condition.parts), default=0)


def comparisons(
    condition: Condition, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Comparison]]:
    """Every comparison of a condition with its path in the file, in the order they are written."""
    match condition:
        case Comparison():
            yield path, condition
        case Not():
            yield from comparisons(condition.negated, (*path, "not"))
        case AllOf() | AnyOf():
            key = "all" if isinstance(condition, AllOf) else "any"
            for index, part in enumerate(condition.parts):
                yield from comparisons(part, (*path, key, index))
