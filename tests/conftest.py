"""For every test: machines that pause now and then are no fault of what is tested."""

from hypothesis import settings

pytest_plugins = ["tests.least_privilege"]

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
