"""The operator judges templates: which wait, yes or no to one."""

from lotsman.domain.moderation import Verdict
from lotsman.store import templates
from lotsman.store.templates import RegisteredTemplate, TemplateReview
from lotsman.usecases import Platform

__all__ = ["RegisteredTemplate", "list_templates", "review_template"]


async def review_template(
    platform: Platform, template_id: int, verdict: Verdict, comment: str, now: int
) -> RegisteredTemplate:
    """Counts at once here, within a second elsewhere, and is told to whoever registered it. Raises LookupError."""
    reviewed = await platform.database.write(
        templates.review, TemplateReview(template_id, verdict, comment, now)
    )
    if reviewed is None:
        raise LookupError(f"no template {template_id}")
    await platform.directory.refresh()
    return reviewed


async def list_templates(
    platform: Platform, account_id: int | None, verdict: Verdict | None, most: int
) -> list[RegisteredTemplate]:
    """Oldest first."""
    return await platform.database.read(templates.listed, account_id, verdict, most)
