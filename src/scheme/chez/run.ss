;; chezscheme --script run.ss (FILE | -e TEXT) ARGUMENT...: evaluates each form of a program and prints its value as a
;; REPL does.
(import (chezscheme) (chorus driver))
(print-vector-length #f)
(define file (cadr (command-line)))
(command-line (cdr (command-line)))
(set-actor-name! file)

(define (evaluate-each port)
  (define first-form (read port))
  (unless (and (pair? first-form) (eq? (car first-form) 'import))
    (errorf #f "the first form is not (import ...)"))
  (let ([environment (copy-environment (apply environment (cdr first-form)) #t)])
    (let loop ([form (read port)])
      (unless (eof-object? form)
        (call-with-values
          (lambda () (eval form environment))
          (lambda results
            (for-each
              (lambda (value) (unless (eq? value (void)) (write value) (newline)))
              results)))
        (loop (read port))))))

(with-exception-handler
  (lambda (raised)
    (flush-output-port (current-output-port))
    (fprintf (current-error-port) "chorus-scheme: ~a: " file)
    (if (chorus-condition? raised)
        (display (refusal-text raised) (current-error-port))
        (display-condition raised (current-error-port)))
    (newline (current-error-port))
    (flush-output-port (current-error-port))
    (abort 1))
  (lambda ()
    (if (string=? file "-e")
        (evaluate-each (open-string-input-port (cadr (command-line))))
        (call-with-input-file file evaluate-each))))
(exit 0)
