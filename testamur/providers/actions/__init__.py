"""What can be done to the register of providers: one function a verb of the field.

Who may: the pages of the secretariat and its command ask for the permission before they call; every action records
`by` whom and `at` which moment, and nothing is ever removed.
"""

from testamur.providers.actions.closing import (
    archive_registration,
    record_cancelled,
    record_ceased,
    record_ceasing,
    record_lapsed,
    record_merged,
    record_reinstated,
    record_successor,
    record_suspended,
    sign_coverage,
)
from testamur.providers.actions.naming import (
    Contact,
    add_code,
    add_former_name,
    add_trading_name,
    change_contact,
    end_trading_name,
    rename_provider,
)
from testamur.providers.actions.registering import (
    NewProvider,
    NewRegistration,
    add_registration,
    extend_registration,
    register_provider,
)

__all__ = [
    "Contact",
    "NewProvider",
    "NewRegistration",
    "add_code",
    "add_former_name",
    "add_registration",
    "add_trading_name",
    "archive_registration",
    "change_contact",
    "end_trading_name",
    "extend_registration",
    "record_cancelled",
    "record_ceased",
    "record_ceasing",
    "record_lapsed",
    "record_merged",
    "record_reinstated",
    "record_successor",
    "record_suspended",
    "register_provider",
    "rename_provider",
    "sign_coverage",
]
