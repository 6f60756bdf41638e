"""Where a table stands in a file that may hold several: a sheet of a workbook, a table of a database; and its names."""

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class TableLayout(BaseModel):
    """What a source, or a join, says of its files as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: tuple[str, ...] = Field((), description="Names of the columns of tables that come without a header line.")
    sheet: str | int | None = Field(None, description="Sheet of a workbook, by its name or its number, from 1.")
    header_row: int | None = Field(None, ge=1, description="Row of a sheet that names the columns.")
    first_row: int | None = Field(None, ge=1, description="Row of a sheet in which the records begin.")
    from_table: str = Field("", description="Table of an SQLite or DuckDB file.")

    @field_validator("header")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("header names a column twice; give each a name of its own")
        return value

    @field_validator("header_row", "first_row", mode="before")
    @classmethod
    def _is_a_number(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("is no row; write its number from 1")  # noqa: TRY004  (told as any other fault of the configuration)
        return value

    @field_validator("sheet", mode="before")
    @classmethod
    def _is_numbered_from_one(cls, value: object) -> object:
        if isinstance(value, bool) or (isinstance(value, int) and value < 1):
            raise ValueError("is no sheet; write its name, or its number from 1")
        return value

    @model_validator(mode="after")
    def _rows_are_in_order(self) -> "TableLayout":
        if self.header and self.header_row is not None:
            raise ValueError("header and header_row both say how the columns are called; keep one")
        if self.header_row is not None and self.first_row is not None and self.first_row <= self.header_row:
            raise ValueError("first_row does not lie below header_row; write the row of the first record")
        return self


LAYOUT_KEYS = tuple(TableLayout.model_fields)
