"""The vocabulary that all packages share. Imports nothing of ours."""
