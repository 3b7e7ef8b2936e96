"""The wire format of OpenAI's chat completions, which relay gateways speak beside the Messages format.

reading     a body becomes one in the Messages form
checking    what OpenAI refuses of a body, by its schema and in the words of wording; decoding: what gateways refuse
writing     a message becomes a completion; unfolding: the chunks of a stream; folding: these become a completion again
forms       the forms of answers: OpenAI's own, and those of gateways that have Claude behind them
"""
