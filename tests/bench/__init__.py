"""Measurements with figures; each prints JSON and is bounded in time. Short forms run with the tests."""
