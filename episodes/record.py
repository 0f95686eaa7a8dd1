"""What every record has in common: frozen, closed, and the same bytes every time."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
"""A probability in [0, 1]."""

Seconds = Annotated[float, Field(ge=0.0)]
"""A length of time in seconds."""

Count = Annotated[int, Field(ge=0)]
"""How many, or how many bytes."""

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
"""SHA-256 of some bytes, as `sha256:` and 64 hex digits."""


class Record(BaseModel):
    """A value that cannot change and holds no field that is not declared."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        # NaN and infinity have no JSON; a record that holds one could not be read back.
        allow_inf_nan=False,
        # Bytes are data, not text: base64 keeps every one of them.
        ser_json_bytes="base64",
        val_json_bytes="base64",
        # The fields' docstrings are what the published JSON Schema says of them.
        use_attribute_docstrings=True,
    )
