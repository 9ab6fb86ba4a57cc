"""What all models of the API share."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

#: Ids are opaque: at most what an id column holds.
Id = Annotated[str, Field(min_length=1, max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
#: Moments come with a time zone, or are refused.
Moment = AwareDatetime


class Out(BaseModel):
    """Made from the services' views, field by field of the same name."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """Unknown fields are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
