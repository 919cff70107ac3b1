"""What is told while the whole system comes up."""

from shared.embedded.steps import Wording


class SystemStep(Wording):
    """`created` is how many topics are new, `version` the playbook's."""

    STARTING = "starting {names}"
    TOPICS_IN_PLACE = "topics in place ({created} new)"
    TABLES_IN_PLACE = "tables and playbook {version} in place"
    ALL_IN_PLACE = "tables, {created} new topics and playbook {version} in place"
    LEFT_BEHIND = "stopping process {pid}, which an earlier run left behind"
