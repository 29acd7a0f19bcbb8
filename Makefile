# The same words as ./tm, for those who type make.
.PHONY: demo test check docs lock
demo test check docs lock:
	@./tm $@ $(ARGS)
