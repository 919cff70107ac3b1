"""How alerts reaches Slack, from the environment: prefix `BATON_SLACK_`."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.alerts.slack import SLACK_API


class SlackSettings(BaseSettings):
    """Without a token, messages are written to the console; without a signing secret, no button is accepted.

    `signing_secret` may hold two, separated by a comma, while one replaces the other.
    """

    model_config = SettingsConfigDict(env_prefix="BATON_SLACK_", extra="ignore")

    token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    url: str = SLACK_API
