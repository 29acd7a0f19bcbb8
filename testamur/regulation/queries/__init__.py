"""Reads of the regulator's work on providers: closure sweeps and rehearsals."""
