"""Who somebody is, how they may sign in, what they may see of others, and how they go.

Signing in elsewhere by OpenID Connect and operators' second factor are allauth's, and imported only
where settings ask for one of them. Passwords, links and limits are ours.
"""
