# The same words as `python3 dev.py WORD`, for those whose fingers type make.
PYTHON ?= python3

.PHONY: demo test bench docs clean
demo test bench docs clean:
	@$(PYTHON) dev.py $@
