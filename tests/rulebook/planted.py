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
