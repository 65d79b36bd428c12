"""What every word of the language is made of: the base of the models, and the kinds of plain values."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from postwire.errors import CATALOGUE


def _known_code(code: str) -> str:
    if code not in CATALOGUE:
        raise ValueError(f"{code} is no error code; there are {', '.join(CATALOGUE)}")
    return code


Value = Any
Schema = dict[str, Any]
Text = Annotated[str, Field(min_length=1)]
Condition = Text
Address = Text
Duration = Annotated[str, Field(pattern=r"^(\d+(\.\d+)?(ms|s|m|h|d)|.*\$\{\{.*)$")]
Name = Annotated[str, Field(pattern=r"^_?[a-z][a-z0-9_]*$")]
Code = Annotated[str, AfterValidator(_known_code)]


class Word(BaseModel):
    """Base of all: closed, frozen, and `x_` in Python is `x` in YAML where `x` is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, protected_namespaces=())
