"""Pages of issuing: what may be issued and what holds it, one document, the register of issued ones, authorities and templates."""
