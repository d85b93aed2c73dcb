"""Steps of the features: the sentences of the package, and some that only this project needs."""

pytest_plugins = ["msp_rules.steps.plugin", "steps.project_steps", "steps.layer_steps"]
