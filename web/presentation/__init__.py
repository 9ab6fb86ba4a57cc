"""How things are said on screen: dates, names, words for states. Pure; Vietnamese is the source language."""
