"""The advertising and mailing platforms that take a list: their headers, what stands below them, and in which form.

One table, and nothing else knows a platform by name. Advertising platforms get hashes wherever they take them; mailing
platforms need plain values. A platform is added by a row here and a row in the documentation.
"""

from __future__ import annotations

from segtool.config.frozen import dataclass

EMAIL, PHONE, FIRST, LAST = "email", "phone", "first_name", "last_name"
COMPANY, TITLE, CITY, STATE, ZIP, COUNTRY = "company", "job_title", "city", "state", "zip", "country"
RECORD, BIRTHDAY, GENDER, WORTH = "record_id", "birthday", "gender", "value"

ROLES: dict[str, tuple[str, ...]] = {
    EMAIL: ("email", "emailaddress", "mail", "mailaddress", "customeremail", "workemail"),
    PHONE: (
        "phone",
        "phonenumber",
        "mobile",
        "mobilephone",
        "mobilenumber",
        "cellphone",
        "telephone",
        "smsphonenumber",
    ),
    FIRST: ("firstname", "givenname", "forename", "fname"),
    LAST: ("lastname", "surname", "familyname", "lname"),
    COMPANY: ("company", "companyname", "organization", "organisation", "employer"),
    TITLE: ("jobtitle", "position"),
    CITY: ("city", "town"),
    STATE: ("state", "stateregion", "province", "region"),
    ZIP: ("zip", "zipcode", "postalcode", "postcode"),
    COUNTRY: ("country", "countrycode", "countryregion"),
    RECORD: ("recordid", "recordidcontact"),
    BIRTHDAY: (),
    GENDER: (),
    WORTH: (),
}
"""What platforms know a person by, and the names of columns that usually hold it, without blanks, `_` and `-`.

What has no such name goes to nobody unless it is asked for.
"""


@dataclass(frozen=True)
class Column:
    """A column of a platform's file: what it holds ("" is always empty), in which form, and whether hashed.

    Of the forms `output.normal` says what they do.
    """

    header: str
    role: str = ""
    form: str = "plain"
    hashed: bool = False


@dataclass(frozen=True)
class Platform:
    """How a platform wants a list. One of `known_by` has to be complete for it to know a person.

    A platform with a `fixed` header gets all columns, the others those that the contacts have. Rows that repeat one
    of `unique` are left out; of `once`, only the value is. Of a list with fewer rows than `least`, or more than `most`,
    the platform makes nothing. `together` are columns that mean something only when none of them is missing.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    known_by: tuple[tuple[str, ...], ...]
    fixed: bool = False
    least: int = 0
    most: int | None = None
    together: tuple[str, ...] = ()
    unique: tuple[str, ...] = (EMAIL,)
    once: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(column.role for column in self.columns if column.role)


_ADDRESS = (FIRST, LAST, ZIP, COUNTRY)

_ALL = (
    Platform(
        "google_ads",
        "Google Ads",
        (
            Column("Email", EMAIL, "email", hashed=True),
            Column("Phone", PHONE, "phone", hashed=True),
            Column("First Name", FIRST, "name", hashed=True),
            Column("Last Name", LAST, "name", hashed=True),
            Column("Country", COUNTRY, "country"),
            Column("Zip", ZIP),
        ),
        known_by=((EMAIL,), (PHONE,), _ADDRESS),
        fixed=True,
        least=100,
        together=_ADDRESS,
    ),
    Platform(
        "meta",
        "Meta",
        (
            Column("email", EMAIL, "email", hashed=True),
            Column("phone", PHONE, "phone_digits", hashed=True),
            Column("fn", FIRST, "letters", hashed=True),
            Column("ln", LAST, "letters", hashed=True),
            Column("zip", ZIP, "short_zip", hashed=True),
            Column("ct", CITY, "letters", hashed=True),
            Column("st", STATE, "letters", hashed=True),
            Column("country", COUNTRY, "country_lower", hashed=True),
            Column("doby", BIRTHDAY, "year", hashed=True),
            Column("gen", GENDER, "initial", hashed=True),
            Column("value", WORTH, "amount"),
        ),
        known_by=((EMAIL,), (PHONE,), (FIRST, LAST, ZIP)),
        least=100,
    ),
    Platform(
        "linkedin",
        "LinkedIn",
        (
            Column("email", EMAIL, "email", hashed=True),
            Column("firstname", FIRST),
            Column("lastname", LAST),
            Column("jobtitle", TITLE),
            Column("employeecompany", COMPANY),
            Column("country", COUNTRY, "country"),
            Column("googleaid"),
        ),
        known_by=((EMAIL,), (FIRST, LAST)),
        fixed=True,
        least=300,
        most=300_000,
    ),
    Platform(
        "mailchimp",
        "Mailchimp",
        (
            Column("Email Address", EMAIL, "email"),
            Column("First Name", FIRST),
            Column("Last Name", LAST),
            Column("Phone Number", PHONE),
        ),
        known_by=((EMAIL,),),
    ),
    Platform(
        "klaviyo",
        "Klaviyo",
        (
            Column("Email", EMAIL, "email"),
            Column("Phone Number", PHONE, "phone"),
            Column("First Name", FIRST),
            Column("Last Name", LAST),
            Column("Organization", COMPANY),
            Column("Title", TITLE),
            Column("City", CITY),
            Column("State / Region", STATE),
            Column("Country", COUNTRY),
            Column("Zip Code", ZIP),
        ),
        known_by=((EMAIL,), (PHONE,)),
        once=(PHONE,),
    ),
    Platform(
        "hubspot",
        "HubSpot",
        (
            Column("Record ID", RECORD),
            Column("Email", EMAIL, "email"),
            Column("First Name", FIRST),
            Column("Last Name", LAST),
            Column("Phone Number", PHONE),
        ),
        known_by=((RECORD,), (EMAIL,)),
        unique=(RECORD, EMAIL),
        most=1_048_576,
    ),
    Platform(
        "brevo",
        "Brevo",
        (
            Column("EMAIL", EMAIL, "email"),
            Column("FIRSTNAME", FIRST),
            Column("LASTNAME", LAST),
            Column("SMS", PHONE, "phone_digits"),
        ),
        known_by=((EMAIL,), (PHONE,)),
        once=(PHONE,),
    ),
)

PLATFORMS = {platform.name: platform for platform in _ALL}
