"""A small whole table, from which each test takes away or changes one thing."""

from datetime import date

LAMP_DAY = date(2025, 7, 1)

LAMP = """
title = "A lamp"
about = "Whether the lamp may be taken."
outcomes = ["BLOCK", "REFER", "ALLOW"]
otherwise = "REFER"

[documents]
House = "House rules of the reading room"

[facts.lit]
kind = "boolean"
about = "Whether the lamp is lit."

[facts.colour]
kind = "choice"
values = ["green", "white"]
about = "Colour of its shade."

[facts.hours]
kind = "integer"
least = 0
about = "Hours since it was lit."
required = false
default = 3

[typical]
lit = false
colour = "green"

[[rules]]
code = "LMP-01"
outcome = "BLOCK"
when = { lit = true }
message = "Put the lamp out first."
source = "House: 4"
examples = [{ given = { lit = true }, outcome = "BLOCK" }]

[[rules]]
code = "LMP-02"
outcome = "ALLOW"
when = { lit = false, hours = { at_least = 2 } }
message = "The lamp has cooled."
source = "House: 5"
examples = [{ given = {}, outcome = "ALLOW" }, { given = { hours = 1 }, outcome = "REFER", fires = false }]
"""

# A table with everything that LAMP does without. Its rules borrow the procedure of `retention`, which works out one date.
JETTY = """
title = "Nets on the jetty"
about = "Until when nets stay."
outcomes = ["BLOCK", "ALLOW"]
otherwise = "ALLOW"
dated_by = ["issued_on", "completed_on"]
answers = ["keep_until"]

[documents]
House = "House rules of the harbour"

[numbers]
certificate_years = 1
assessment_years = 2

[facts.record]
kind = "choice"
values = ["certificate", "assessment"]
about = "What is kept."

[facts.issued_on]
kind = "date"
required = false
about = "Day it was hung out."

[facts.completed_on]
kind = "date"
required = false
about = "Day it was mended."

[facts.exited_on]
kind = "date"
required = false
about = "Day the boat left."

[facts.other_duty_until]
kind = "date"
required = false
about = "Day until which the harbour master wants it."

[facts.net]
kind = "group"
required = false
about = "The net."

[facts.net.fields.length]
kind = "amount"
required = false
default = 2.5
about = "Its length in fathoms."

[facts.net.fields.knots]
kind = "texts"
required = false
default = []
about = "Its knots."

[facts.boats]
kind = "groups"
required = false
about = "The boats."

[facts.boats.fields.name]
kind = "text"
about = "Her name."

[derived.keep_until]
kind = "date"
about = "First day on which it may go."

[collected]
places = { by = "place", from = "answer" }

[typical]
record = "certificate"
issued_on = "2026-01-31"
net = { knots = ["bend"] }

[[rules]]
code = "JET-01"
outcome = "BLOCK"
when = { "net.length" = { over = 10 }, keep_until = { at_least = "2026-06-30" } }
message = "Too long for the jetty."
source = "House: 9"
says = { until = { fact = "keep_until" }, place = "shed", answer = "yes" }
examples = [
    { given = { net = { length = 10.5 } }, outcome = "BLOCK", says = { until = "2027-01-31", place = "shed" } },
    { given = { net = { length = 10 } }, outcome = "ALLOW", fires = false },
]

[[rules]]
code = "JET-02"
outcome = "ALLOW"
when = { "net.knots" = { empty = false } }
message = "The knots are seen to."
source = "House: 10"
says = { knots = { fact = "net.knots" }, place = "jetty", answer = "no" }
examples = [
    { given = {}, outcome = "ALLOW", says = { knots = ["bend"] } },
    { given = { net = { knots = [] } }, outcome = "ALLOW", fires = false },
]
"""
