"""A package's tables are its own: only its own modules import its models, and other models for foreign keys."""

import grimp


def trespasses(graph: grimp.ImportGraph) -> list[str]:
    """Return each import of another package's models that no foreign key explains."""
    found = []
    for module in graph.modules:
        owner, _, last = module.rpartition(".")
        if last != "models":
            continue
        for importer in graph.find_modules_that_directly_import(module):
            own = importer == owner or importer.startswith(f"{owner}.")
            if not own and not importer.endswith(".models"):
                found.append(f"{importer} imports {module}")
    return sorted(found)


def test_no_package_reads_the_tables_of_another():
    assert trespasses(grimp.build_graph("testamur")) == []


def test_a_planted_trespass_is_caught():
    graph = grimp.ImportGraph()
    graph.add_import(importer="testamur.extracts.actions", imported="testamur.students.models")
    graph.add_import(importer="testamur.extracts.models", imported="testamur.students.models")
    graph.add_import(importer="testamur.students.queries", imported="testamur.students.models")
    assert trespasses(graph) == ["testamur.extracts.actions imports testamur.students.models"]
