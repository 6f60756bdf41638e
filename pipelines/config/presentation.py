"""The sections of the configuration that only dashboards and report use: targets, events, owners, labels, mail, subscriptions.

No number is computed from them. The first four go into the manifest of a snapshot, so that all of them show the same.
"""

import re
from datetime import date
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.contract.canonical import MODES, SEGMENT_DIMENSIONS
from pipelines.contract.intervals import WEEKLY_DIMENSIONS
from pipelines.contract.segments import segment_key

SMTP_PASSWORD_VARIABLE = "AFTERCALL_SMTP_PASSWORD"  # noqa: S105  # the name of a variable
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*/?")
_LAST_PORT = 65_535
_ADDRESS = re.compile(r"[\x21-\x7e]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


_Share = Annotated[float | None, Field(ge=0, le=1)]
_Amount = Annotated[float | None, Field(ge=0, allow_inf_nan=False)]


class Targets(Section):
    """`[targets]`: what the operation wants to reach, named as the figures are; what is absent has no target."""

    fcr_claimed: _Share = Field(None, description="Share claimed resolved at first contact, at least (M5).")
    fcr_outcome: _Share = Field(None, description="Share resolved as outcomes tell, at least (M5).")
    false_resolution: _Share = Field(
        None, description="False resolutions: share of claimed resolutions that the outcome contradicts, at most (M5)."
    )
    containment: _Share = Field(None, description="Share of AI-led contacts without a human, at least (M5).")
    repeat_any_30d: _Share = Field(None, description="Share that came back within 30 days, at most (M2).")
    repeat_issue_30d: _Share = Field(None, description="The same, with the same issue (M2).")
    handle_seconds: _Amount = Field(None, description="Mean handle time in seconds, at most (M6).")
    complaints: _Amount = Field(None, description="Complaints per 1,000 eligible contacts, at most (M8).")
    negative_survey_csat: _Share = Field(None, description="Share of ratings of 1 or 2, at most (M7).")
    negative_closing_turns: _Share = Field(None, description="Share that ended on negative words, at most (M7).")

    def given(self) -> dict[str, float]:
        """The targets that are set, by name."""
        return self.model_dump(exclude_none=True)


def _one_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be one line of printable text")
    return value.strip()


#: A value of a segment dimension, however it is spelt.
SegmentKey = Annotated[str, AfterValidator(segment_key)]
_Text = Annotated[str, AfterValidator(_one_line), Field(max_length=80)]


class Event(Section):
    """`[[events]]`: something that readers should see on the lines, such as a release or a change of tariff."""

    day: date = Field(description="Business day of the event.")
    label: _Text = Field(description="What happened, in a few words.")


#: Code → the name that pages and report show in its place.
_Names = dict[SegmentKey, _Text]


class Labels(Section):
    """`[labels]`: display names of codes, by dimension. Modes have fixed names."""

    workflow: _Names = Field({}, description="Workflow → name.")
    queue: _Names = Field({}, description="Queue → name.")
    issue: _Names = Field({}, description="Issue → name.")
    product: _Names = Field({}, description="Product → name.")
    channel: _Names = Field({}, description="Channel → name.")
    region: _Names = Field({}, description="Region → name.")
    language: _Names = Field({}, description="Language → name.")
    ai_model: _Names = Field({}, description="AI model → name.")

    def given(self) -> dict[str, dict[str, str]]:
        """The dimensions with names."""
        return {dimension: names for dimension, names in self.model_dump().items() if names}


class Owner(Section):
    """`[[owners]]`: who answers for a segment; of the entries that fit, the one that names most of it goes."""

    segment: dict[str, SegmentKey] = Field({}, description="Dimension and value; absent: every segment.")
    name: _Text = Field(description="Person or team.")

    @field_validator("segment")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        known = (*SEGMENT_DIMENSIONS, "hour_of_day")
        for dimension in value:
            if dimension not in known:
                raise ValueError(f"{dimension!r} is no dimension; write one of {', '.join(known)}")
        return value


def checked_address(value: str) -> str:
    """``value`` if it is one bare mail address in ASCII. Raises ValueError saying what is wrong."""
    if _ADDRESS.fullmatch(value) is None or value.count("@") != 1:
        raise ValueError("is not a mail address; write one such as 'quality@example.com'")
    try:
        Address(addr_spec=value)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise ValueError("is not a mail address; write one such as 'quality@example.com'") from error
    return value


def _checked_addresses(value: tuple[str, ...]) -> tuple[str, ...]:
    for address in value:
        try:
            checked_address(address)
        except ValueError as error:
            raise ValueError(f"{address!r} {error}") from error
    return value


class Subscription(Section):
    """`[[subscriptions]]`: who gets the report of a part of the contacts, each by a mail of their own."""

    to: tuple[str, ...] = Field(min_length=1, description="Addresses; nobody sees the others.")
    segment: dict[str, SegmentKey] = Field({}, description="Dimension and value; absent: all contacts.")
    format: Literal["html", "text"] = Field("html", description="With tables and pictures, or plain text alone.")

    @field_validator("to")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _checked_addresses(value)

    @field_validator("segment")
    @classmethod
    def _counted(cls, value: dict[str, str]) -> dict[str, str]:
        for dimension, key in value.items():
            if dimension not in WEEKLY_DIMENSIONS:
                raise ValueError(
                    f"{dimension!r}: the report is not made by it; write one of {', '.join(WEEKLY_DIMENSIONS)}"
                )
            if not key:
                raise ValueError(f"{dimension!r} has no value; write one as the sources do")
            if dimension == "mode" and key not in MODES:
                raise ValueError(f"there is no mode {key!r}; write one of {', '.join(MODES)}")
        return value


class Email(Section):
    """`[email]`: the server through which the report is mailed. The password comes from AFTERCALL_SMTP_PASSWORD."""

    host: str = Field("", pattern=r"^[A-Za-z0-9.:-]*$", description="Server; empty: nothing is mailed.")
    port: int | None = Field(None, ge=1, le=65535, description="Default: 587, 465 or 25, as security says.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection is protected.")
    sender: str = Field("", alias="from", description="Address, or a name and <address>.")
    user: str = Field("", description="Name to log in with; empty: no login.")
    to: tuple[str, ...] = Field((), description="Who gets Monday's report.")
    timeout_seconds: float = Field(30.0, gt=0, le=600, description="Longest wait for the server.")

    @field_validator("to")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _checked_addresses(value)

    @field_validator("sender")
    @classmethod
    def _from(cls, value: str) -> str:
        if value:
            if not value.isprintable():
                raise ValueError("must be one line of printable text")
            checked_address(parseaddr(value)[1])
        return value

    @model_validator(mode="after")
    def _complete(self) -> "Email":
        if self.host and not self.sender:
            raise ValueError("from is missing; add the address from which the report is sent")
        if self.host and self.user and self.security == "none" and not _is_local(self.host):
            raise ValueError("security = 'none' would send the password in the clear; write 'starttls' or 'tls'")
        return self

    @property
    def smtp_port(self) -> int:
        return self.port or _PORTS[self.security]


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Report(Section):
    """`[report]`: how the weekly report is printed, and where its links lead."""

    paper: Literal["A4", "Letter"] = Field("A4", description="Paper of the PDF.")
    dashboards: str = Field(
        "", description="Address of the dashboards, to which report and mail link; empty: no links."
    )

    @field_validator("dashboards")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and _WEB_ADDRESS.fullmatch(value) is None:
            raise ValueError("is no address of a website; write one such as 'https://aftercall.example'")
        port = re.match(r"https?://[^/:]+:(\d+)", value)
        if port and not 1 <= int(port[1]) <= _LAST_PORT:
            raise ValueError(
                f"has no port from 1 to {_LAST_PORT}; correct the number behind the colon, or leave it out"
            )
        return value.rstrip("/")


class ReportSettings(Section):
    """What these sections add to the settings.

    How a report is printed and sent is no part of what a run publishes, so a change of these three leaves a published
    night as it is: they are left out where settings are compared.
    """

    targets: Targets = Targets()  # type: ignore[call-arg]
    events: tuple[Event, ...] = ()
    owners: tuple[Owner, ...] = ()
    labels: Labels = Labels()  # type: ignore[call-arg]
    report: Report = Field(Report(), exclude=True)  # type: ignore[call-arg]
    email: Email = Field(Email(), exclude=True)  # type: ignore[call-arg]
    subscriptions: tuple[Subscription, ...] = Field((), exclude=True)
