"""What prospects do, and what is learned of them."""

from typing import ClassVar

from shared.events.activities.base import ActivityData
from shared.events.fields import Count, Flag, Key, Memo, Number, Text


class WebVisited(ActivityData):
    """A page of ours was looked at."""

    event_type: ClassVar[str] = "web.visited"
    url: Text | None = None
    page: Text | None = None
    seconds: Number | None = None
    user_agent: Text | None = None


class ContentDownloaded(ActivityData):
    """A document was downloaded."""

    event_type: ClassVar[str] = "content.downloaded"
    asset_id: Key | None = None
    kind: Text | None = None
    title: Text | None = None


class SeminarRegistered(ActivityData):
    """A place in a seminar was booked."""

    event_type: ClassVar[str] = "seminar.registered"
    seminar_id: Key | None = None
    title: Text | None = None


class SeminarAttended(ActivityData):
    """A seminar was attended."""

    event_type: ClassVar[str] = "seminar.attended"
    seminar_id: Key | None = None
    title: Text | None = None
    minutes: Number | None = None


class FormSubmitted(ActivityData):
    """A form was sent in."""

    event_type: ClassVar[str] = "form.submitted"
    form_id: Key | None = None
    kind: Text | None = None
    message: Memo | None = None


class DemoRequested(ActivityData):
    """A demonstration was asked for: the lead raises a hand."""

    event_type: ClassVar[str] = "demo.requested"
    form_id: Key | None = None
    product: Text | None = None
    message: Memo | None = None


class EmailDelivered(ActivityData):
    """A mail of ours has reached the person's mail server."""

    event_type: ClassVar[str] = "email.delivered"
    email_id: Key | None = None


class EmailOpened(ActivityData):
    """A mail of ours was opened, by the person or by a mail scanner; `machine` where the sender's tool knows it."""

    event_type: ClassVar[str] = "email.opened"
    email_id: Key | None = None
    user_agent: Text | None = None
    ip: Text | None = None
    machine: Flag | None = None


class EmailClicked(ActivityData):
    """A link in a mail of ours was followed, by the person or by a mail scanner; `machine` where the sender's tool
    knows it."""

    event_type: ClassVar[str] = "email.clicked"
    email_id: Key | None = None
    link: Text | None = None
    user_agent: Text | None = None
    ip: Text | None = None
    machine: Flag | None = None


class EmailUnsubscribed(ActivityData):
    """The person wants no more mails."""

    event_type: ClassVar[str] = "email.unsubscribed"
    email_id: Key | None = None


class BusinessCardExchanged(ActivityData):
    """Business cards were exchanged, at an exhibition for instance."""

    event_type: ClassVar[str] = "business_card.exchanged"
    exhibition_id: Key | None = None
    exchanged_by: Key | None = None
    heat: Text | None = None
    memo: Memo | None = None


class AdClicked(ActivityData):
    """An advertisement was clicked."""

    event_type: ClassVar[str] = "ad.clicked"
    ad_id: Key | None = None


class ProfileUpdated(ActivityData):
    """Flat attributes of the person and the account; merged by event time, unknown ones kept."""

    event_type: ClassVar[str] = "profile.updated"
    name: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    title: Text | None = None
    title_level: Text | None = None
    department: Text | None = None
    company: Text | None = None
    industry: Text | None = None
    employees: Count | None = None
    prefecture: Text | None = None
    country: Text | None = None
    language: Text | None = None
    segment: Text | None = None
    competitor: Flag | None = None
    is_customer: Flag | None = None


class ConsentChanged(ActivityData):
    """The person gave or withdrew consent."""

    event_type: ClassVar[str] = "consent.changed"
    consent: Text | None = None
    purpose: Text | None = None


class PersonLeft(ActivityData):
    """The person has left the company."""

    event_type: ClassVar[str] = "person.left"
