from chowda.clams.runtimes.call import AppAnswer, AppCall

__all__ = ["AppAnswer", "AppCall"]
