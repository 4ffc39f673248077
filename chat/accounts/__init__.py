"""Signing in elsewhere by OpenID Connect, and operators' second factor, both by allauth.

Imported only where settings ask for one of them. Passwords, links and limits are ours
(`chat.views.sign_in`, `chat.sign_in_links`, `chat.sign_in_limits`).
"""
