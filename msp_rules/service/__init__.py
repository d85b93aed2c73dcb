"""Offers prompts over HTTP: each call is declared once, with its parameters, body and answers.

A call is a function from `Call` to `Reply` that knows nothing of HTTP frameworks; `application`
puts it behind Starlette, and `openapi` describes it. The service needs the extra `[service]`.
"""
