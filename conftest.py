"""Steps of the features, by the nouns of the field."""

pytest_plugins = ["steps.case_steps"]
