from sweeper.core.results_dir import results_dir, results_dir_line


def test_a_command_names_the_folder_of_its_results() -> None:
    folder = "/a b/it's/$HOME"
    assert results_dir(f"X=1\n{results_dir_line(folder)}exec python train.py") == folder


def test_other_commands_name_none() -> None:
    assert results_dir("exec python train.py") == ""
    assert results_dir("CVSWEEP_RESULTS_DIR='open") == ""
